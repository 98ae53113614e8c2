# Packages, the private PostgreSQL and Redis, the demo.

.PHONY: deps up up-db down demo clean
deps: ## install what the project needs and is missing
	@mk/deps

up: all ## start everything in the background; addresses in var/demo.env
	@demo/instance up
up-db: ## start the private PostgreSQL and Redis only
	@demo/instance up-db
down: ## stop everything; the data stays
	@demo/instance down
# A second make, because what was installed decides what there is to build.
demo: ## packages, build, start, sample brand; shows the page's address
	@mk/deps build run
	@$(MAKE) --no-print-directory all
	@demo/instance demo

# KEEP=var leaves the instance's data.
clean: ## stop everything and remove what was made (KEEP=var keeps the data)
	@demo/instance $(if $(filter var,$(KEEP)),down,wipe)
	@tests/run stop
	@rm -rf build bin node_modules tests/bench/fastify/node_modules .hypothesis
	@find tests -name __pycache__ -prune -exec rm -r {} +
