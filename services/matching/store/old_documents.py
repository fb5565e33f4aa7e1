"""What was saved by earlier versions, brought into today's form. Done again, it changes nothing."""

from collections import Counter

from services.matching.store.drafts import LEFT_OUT, MENTORS, PAIRS
from shared.mongo import Database, Document, ReplaceOne


async def bring_up_to_date(database: Database) -> None:
    """Everything that queries would miss. What is only read is understood where it is read."""
    await _end_completed_enrolments(database)
    await _give_drafts_rows(database)


async def _end_completed_enrolments(database: Database) -> None:
    """An enrolment whose partnership had reached its end was approved and completed; now it has ended."""
    await database.enrolments.update_many(
        {"completed": True}, {"$set": {"state": "ended"}, "$unset": {"completed": ""}, "$inc": {"version": 1}}
    )


async def _give_drafts_rows(database: Database) -> None:
    """A run held its whole draft; now the pairs have rows of their own."""
    async for run in database.runs.find({"pairs": {"$type": "array"}}):
        keys = {"run_id": run["_id"], "draft_id": run["_id"]}
        for collection, rows in _rows(run).items():
            if rows:
                await database[collection].bulk_write(
                    [ReplaceOne({"_id": f"{run['_id']}/{key}"}, keys | row, upsert=True) for key, row in rows.items()]
                )
        figures = {
            "draft_id": run["_id"],
            "paired": len(run["pairs"]),
            "left_out": len(run["left_out"]),
            "total_points": sum(pair["points"] for pair in run["pairs"]),
        }
        where = {"_id": run["_id"], "version": run["version"]}
        await database.runs.update_one(where, {"$set": figures, "$unset": {"pairs": "", "idle_mentor_ids": ""}})


def _rows(run: Document) -> dict[str, dict[str, Document]]:
    """The rows of each collection, by the end of their keys. How many places mentors had was not written down."""
    taken = Counter(pair["mentor_id"] for pair in run["pairs"])
    places = dict.fromkeys(run["idle_mentor_ids"], 1) | dict(taken)
    return {
        PAIRS: {
            f"{pair['protege_id']}/{pair['mentor_id']}": {name: value for name, value in pair.items() if name != "locked"}
            for pair in run["pairs"]
        },
        LEFT_OUT: {one["person_id"]: one | {"group": _group(one["group"])} for one in run["left_out"]},
        MENTORS: {one: {"mentor_id": one, "places": count, "taken": taken[one]} for one, count in places.items()},
    }


def _group(group: Document | None) -> Document | None:
    return None if group is None else group | {"mentors": len(group["mentor_ids"])}
