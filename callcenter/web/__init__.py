"""The browser pages: their source in `ui`, what was built of it in `built`, and the serving of it."""
