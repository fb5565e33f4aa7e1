"""What comes in from other services, and what goes out to calendars and by mail."""

from services.scheduling.consumers.calendar_channel import CalendarSender
from services.scheduling.consumers.letters import InvitationSender
from services.scheduling.consumers.other_times import OtherTimesSender
from services.scheduling.consumers.reconnect_letters import ReconnectSender
from services.scheduling.consumers.table import reactions
from services.scheduling.consumers.video_channel import VideoSender

__all__ = ["CalendarSender", "InvitationSender", "OtherTimesSender", "ReconnectSender", "VideoSender", "reactions"]
