# The verbs of the teachers' repository.

.PHONY: exercises assignments grade nbgrader bench-grade public

exercises: .venv/.installed  ## write the exercises into chapters and notebooks
	@$(BIN)/python -m instructor.build

assignments: .venv/.installed  ## write the notebooks to hand out: CHAPTERS="03 04"
	@$(BIN)/python -m instructor.assignments $(CHAPTERS)

grade: .venv/.installed  ## grade what was handed in: SUBMISSIONS=folder
	@$(BIN)/python -m instructor.grade "$(SUBMISSIONS)" --chapters "$(CHAPTERS)" \
	  $(if $(ROSTER),--roster "$(ROSTER)") $(if $(DUE),--due "$(DUE)") $(if $(OUT),--out "$(OUT)") \
	  --unsandboxed "$(UNSANDBOXED)"

nbgrader: .venv/.installed .venv-nbgrader/.installed  ## the same with a gradebook of nbgrader
	@$(BIN)/python -m instructor.nbgrader_course grade "$(SUBMISSIONS)" --chapters "$(CHAPTERS)"

bench-grade: .venv/.installed  ## grade classes of 50, 150 and 500
	@$(BIN)/python -m instructor.bench

public: .venv/.installed  ## write the public tree: DIR=folder
	@$(BIN)/python -m instructor.public "$(DIR)"

.venv-nbgrader/.installed: instructor/requirements.txt
	@echo "Installing nbgrader into .venv-nbgrader (once) ..."
	@$(PYTHON) -m venv .venv-nbgrader
	@.venv-nbgrader/bin/pip --disable-pip-version-check -qq install -r instructor/requirements.txt
	@touch $@
