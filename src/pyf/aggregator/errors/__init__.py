"""Every exception this project raises, with its data and its sentence, in the module to import it from."""
