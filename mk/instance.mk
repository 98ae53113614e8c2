# Packages, the private PostgreSQL and Redis, the demo.
.PHONY: deps
deps: ## install what the project needs (Debian packages)
	@true
