//! Grids: the cells that values are wanted for, described by a rule and never held all at once.
