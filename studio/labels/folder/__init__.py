"""A folder of many pictures: listed, remembered, compared with what it was."""
