//go:build !linux

package peer

import "errors"

const canSeparate = false

func (*CardService) inNetwork(func() error) error { return errors.ErrUnsupported }

func loopbackUp() error { return errors.ErrUnsupported }
