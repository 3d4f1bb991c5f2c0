package port

import "time"

// Clock tells the time at which expiry is judged.
type Clock func() time.Time
