# Packages, the private PostgreSQL and Redis, the demo.
.PHONY: deps
deps: ## install what the project needs (Debian packages)
	@true

.PHONY: up up-db down
up-db: ## start the private PostgreSQL and Redis only
	@demo/instance up-db
down: ## stop everything; the data stays
	@demo/instance down
