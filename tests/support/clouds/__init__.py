"""Google Calendar and Microsoft Graph as far as Tandem uses them: servers with a memory, held against what both publish."""
