package main

import (
	changing "trustdeck/model/admin/change"
)

// writable is the service of a session with which something can be changed.
func (a *app) writable(s *session) (*changing.Service, error) {
	service := s.Publishing()
	if service == nil {
		return nil, usageError("an archive cannot be changed", "Leave out --archive to change the repository on its server.")
	}
	if !s.Settings.At.IsZero() {
		return nil, usageError("--at only looks: nothing can be signed at another time than now", "Leave out --at.")
	}
	return service, nil
}
