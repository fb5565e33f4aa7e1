"""Matching: programmes, enrolments, match runs, proposals, requests and partnerships.

Owns: who takes part in which programme, every draft of a match, the questions put to two people, and who is partner of whom.
Publishes: matching.programme, matching.enrolment, matching.run, matching.proposal, matching.request, matching.partnership.
Consumes: portal.person.
"""
