package change

import (
	"trustdeck/model/admin"
	"trustdeck/model/port"
)

// Service changes repositories. Its fields are set once, before use; its methods may be
// called from several goroutines. Without a store on its Desk it only prepares.
type Service struct {
	*admin.Desk
	Publisher port.Publisher
	Journal   port.Journal
}
