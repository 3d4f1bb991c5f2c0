package change

import (
	"trustdeck/model/admin"
	"trustdeck/model/port"
)

// Service changes repositories. Its fields are set once, before use; its methods may be
// called from several goroutines. Without a store on its Service it only prepares.
type Service struct {
	*admin.Service
	Publisher port.Publisher
	Journal   port.Journal
	// TrustData is optional: without one, nothing is removed from a trust folder but keys.
	TrustData port.TrustData
}
