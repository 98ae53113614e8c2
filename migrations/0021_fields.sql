-- What the public may see: drafts, rules of law, generalising, schedules, versions to go back to.
SELECT;
