"""What notifications does when something happened elsewhere, when a timer is due, and when a mail is to be sent."""

from services.notifications.consumers.mail import MailSender
from services.notifications.consumers.table import reactions

__all__ = ["MailSender", "reactions"]
