"""How pictures and boxes lie on a screen."""
