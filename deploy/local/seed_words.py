"""What the people of the demo wrote: needs, strengths, goals, agreements. Made up, for a believable half year."""

NEEDS = (
    ("leading a team", "giving feedback"),
    ("public speaking", "storytelling"),
    ("negotiation", "working with customers"),
    ("system design", "technical writing"),
    ("career planning", "self-confidence"),
    ("project management", "prioritising"),
    ("data analysis", "storytelling"),
    ("working across cultures", "giving feedback"),
    ("budgeting", "negotiation"),
    ("leading a team", "delegation"),
)

STRENGTHS = (
    ("leading a team", "delegation", "giving feedback"),
    ("public speaking", "storytelling", "data analysis"),
    ("negotiation", "budgeting", "working with customers"),
    ("system design", "technical writing", "prioritising"),
    ("career planning", "self-confidence", "working across cultures"),
    ("project management", "prioritising", "budgeting"),
)

AIMS = ("lead a project", "become a team lead", "speak at a conference", "move to another department", "grow in my role")

GOALS = (
    {
        "title": "Lead the weekly planning of our team on my own",
        "why": "I want to know whether leading is for me before I ask for it",
        "measure": "Six plannings led, and twice the team says that it knew what to do",
        "kind": "current_role",
    },
    {
        "title": "Give a talk of 20 minutes at the spring meet-up",
        "why": "I avoid speaking in front of people and it holds me back",
        "measure": "The talk is given and I have asked 5 listeners what they took with them",
        "kind": "enrichment",
    },
    {
        "title": "Write a proposal for the new order desk that two departments agree to",
        "why": "It shows that I can work beyond my own team",
        "measure": "Both heads have signed the proposal",
        "kind": "next_role",
    },
    {
        "title": "Hold 8 conversations with customers and write down what I learn",
        "why": "I decide about things I have never seen used",
        "measure": "8 pages of notes, shared with the team",
        "kind": "current_role",
    },
)

STEPS = (
    ("Ask my manager for the first date", "Prepare an agenda and show it to my mentor", "Ask the team for one thing to change"),
    ("Write the story on one page", "Rehearse it with two colleagues", "Send in the talk"),
    ("Talk to both heads for 20 minutes", "Draft the first page", "Collect objections"),
    ("Make a list of 12 customers", "Call the first two", "Write down what surprised me"),
)

QUESTIONS = (
    "How did you decide when to stop doing the work yourself?",
    "What would you have done in the meeting I wrote to you about?",
    "Whom should I talk to before I write the proposal?",
    "How do I say no to a request from my old team?",
)

CHARTER = {
    "needs": {
        "protege_needs": "Somebody who asks me the questions I avoid, and who has led a team in hard times.",
        "mentor_offers": "An hour of undivided attention, honest answers, and introductions where they help.",
        "success": "In a year I lead something that matters, and we both looked forward to each meeting.",
    },
    "trust": {
        "openness": "We tell each other what went wrong first. Nothing said here reaches anybody's manager.",
        "when_stuck": "We say so in the meeting, not after it. Either may ask the programme for help.",
    },
    "ground_rules": {
        "cadence_weeks": 4,
        "minutes": 45,
        "agenda_style": "questions",
        "confidentiality": "between_us",
        "between_meetings": "A short note is welcome at any time; an answer may take three days.",
        "cancel_notice_hours": 24,
    },
}
