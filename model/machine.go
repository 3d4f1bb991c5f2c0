package model

// Machine is what matters of a computer on which people sign. What could not be found out is Unknown
// or empty. The names are those of the system: show them as text from outside.
type Machine struct {
	// Network is Yes where an interface beside the loopback is up; Interfaces are the names of those.
	Network    Knowledge
	Interfaces []string
	// Route is Yes where packets to any address have a way out.
	Route Knowledge
	// Swap is Yes where memory may be written to a disk; Swaps are the names of the files or devices.
	Swap  Knowledge
	Swaps []string
	// Version is that of this program, and Checksum the SHA-256 of its executable file.
	Version  string
	Checksum []byte
}
