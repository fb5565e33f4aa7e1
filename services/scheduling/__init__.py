"""Scheduling: when two people can meet, their meetings, and what they want to talk about.

Owns: series, meetings, agendas, notes, availability, calendars and the time they leave free.
Publishes: MeetingProposed, MeetingBooked, MeetingMoved, MeetingCancelled, MeetingEnded, MeetingMissed, AgendaChanged.
Consumes: PersonChanged, ProgrammeOpened and ProgrammeRevised, PartnershipStarted, PartnershipEnded, CharterSigned.
Reaches out: calendars (CalDAV, published ones, Google, Microsoft) and mail (iMIP); what is written there are deliveries, after the commit.
"""
