//! The machine under examination, whatever is in reach of it: files, a folder, or one in memory.
