"""The front door: signs people in, keeps who works here, and shows every page.

Owns: people and their roles, sessions, the keys its tokens are signed with, previews of imports.
Publishes: `portal.person`, a compacted topic with each person as they are now.
Consumes: nothing; its pages read the other services' HTTP APIs for the person who is signed in.
"""
