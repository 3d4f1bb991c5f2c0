package port

import "trustdeck/model"

// Machine tells of the computer that the program runs on what matters where people sign. It asks no one
// on a network.
type Machine interface {
	Machine() model.Machine
}
