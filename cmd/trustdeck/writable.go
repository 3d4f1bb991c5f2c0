package main

import (
	changing "trustdeck/model/admin/change"
)

// writable is the desk of a session with which something can be changed.
func (a *app) writable(s *session) (*changing.Service, error) {
	desk := s.Publishing()
	if desk == nil {
		return nil, usageError("an archive cannot be changed", "Leave out --archive to change the repository on its server.")
	}
	if !s.Settings.At.IsZero() {
		return nil, usageError("--at only looks: nothing can be signed at another time than now", "Leave out --at.")
	}
	return desk, nil
}
