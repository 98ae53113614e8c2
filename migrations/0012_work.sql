-- Long work: jobs that are taken, cancelled and taken up again, and the files they make.
SELECT;
