//! Opening an app's store from the command line.

