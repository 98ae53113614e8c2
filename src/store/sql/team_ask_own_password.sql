-- team_ask_own_password: console
SELECT team.ask_own_password()
