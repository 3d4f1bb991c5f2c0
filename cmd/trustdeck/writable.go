package main

import (
	changing "trustdeck/model/admin/change"
)

// writable is the service of a session with which something can be changed.
func (a *app) writable(s *session) (*changing.Service, error) {
	service := s.Publishing()
	switch {
	case service != nil:
	case len(s.Contexts) > 0:
		return nil, usageError("several contexts are open, but a change needs one", "Switch to one: --context "+s.Contexts[0]+", or :ctx on the screen.")
	default:
		return nil, usageError("an archive cannot be changed", "Leave out --archive to change the repository on its server.")
	}
	if !s.Settings.At.IsZero() {
		return nil, usageError("--at is only for reading: trustdeck can't sign as of another time", "Leave out --at.")
	}
	return service, nil
}
