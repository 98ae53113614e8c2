# What a foreign examiner of TLS finds: nothing of LOW or above, or it fails. Two minutes.
.PHONY: testssl
testssl: ## testssl.sh against a server of its own, with either kind of key
	@mk/deps build run test measure
	@$(MAKE) --no-print-directory all
	@tests/http/testssl
