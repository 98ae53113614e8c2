-- project_unhide: jobs, operator; $1 what project_hidden gave
-- Removes what was denied before the projection began; a newer decision stands. Gives the GTINs to touch.
SELECT changed, gtins FROM trace.unhide($1::jsonb)
