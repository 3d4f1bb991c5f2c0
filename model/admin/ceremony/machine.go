package ceremony

import (
	"fmt"
	"strings"

	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/model/wordcode"
)

// MachineFact is a line about the computer on which people sign. Warns is true where people who look
// after a root avoid what it says.
type MachineFact struct {
	Label, Text string
	Warns       bool
}

// String is the fact as a line.
func (f MachineFact) String() string { return f.Label + ": " + f.Text }

// Machine is what can be found out of this computer; all of it is unknown where Service.Machine is nil.
func (s *Service) Machine() model.Machine {
	if s.Computer == nil {
		return model.Machine{}
	}
	return s.Computer.Machine()
}

// MachineFacts says of a computer what people compare before they sign, or before they prepare a
// ceremony: that needs the network, and signing doesn't.
func MachineFacts(m model.Machine, signs bool) []MachineFact {
	up := m.Network == model.Yes
	out := []MachineFact{
		{"Network", networkWords(m, signs), signs && up},
		{"Swap", swapWords(m), m.Swap == model.Yes},
		{"Program", "trustdeck " + orUnknown(display.Inline(m.Version)), false},
	}
	if words := ProgramWords(m); len(words) > 0 {
		out = append(out, MachineFact{"Program file", fmt.Sprintf("SHA-256 %x", m.Checksum), false},
			MachineFact{"Program file in words", strings.Join(words, " "), false})
	} else {
		out = append(out, MachineFact{"Program file", "its checksum can't be found out", false})
	}
	return out
}

// ProgramWords are the checksum of the program as words to read aloud; none where it is unknown.
func ProgramWords(m model.Machine) []string {
	words, err := wordcode.Encode(m.Checksum)
	if err != nil {
		return nil
	}
	return words
}

func orUnknown(text string) string {
	if text == "" {
		return "of an unknown version"
	}
	return text
}

func networkWords(m model.Machine, signs bool) string {
	switch m.Network {
	case model.No:
		return "none: no interface but the loopback is up"
	case model.Unknown:
		return "trustdeck can't tell whether this machine has one"
	case model.Yes:
	}
	text := "connected by " + listed(m.Interfaces)
	switch m.Route {
	case model.Yes:
		text += ", with a default route"
	case model.No:
		text += ", without a default route"
	case model.Unknown:
	}
	if signs {
		text += ". Signing needs no network: disconnect this machine"
	}
	return text
}

func swapWords(m model.Machine) string {
	switch m.Swap {
	case model.Yes:
		return "in use: " + listed(m.Swaps) + ". What is in memory, keys too, may be written there"
	case model.No:
		return "none"
	case model.Unknown:
	}
	return "trustdeck can't tell whether there is any"
}

// listed names what the system calls so; few of many.
func listed(names []string) string {
	const most, characters = 8, 40
	var out []string
	for _, name := range names[:min(len(names), most)] {
		out = append(out, display.Strip(name, characters))
	}
	text := strings.Join(out, ", ")
	if more := len(names) - len(out); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// machineLines are the facts as a transcript has them.
func (s *Service) machineLines(signs bool) []string {
	var out []string
	for _, f := range MachineFacts(s.Machine(), signs) {
		out = append(out, f.String())
	}
	return out
}
