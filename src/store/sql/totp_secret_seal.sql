-- totp_secret_seal: operator; $1 account, $2 its secret, sealed
UPDATE team.secret SET totp = $2 WHERE account_id = $1
