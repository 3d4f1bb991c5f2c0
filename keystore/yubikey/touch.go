//go:build yubikey

package yubikey

import (
	"sync"
	"time"

	"trustdeck/model"
	"trustdeck/model/port"
)

// quick is how long a signature takes at most for which no touch is due. Where a token doesn't
// tell whether one is, or an earlier one may still hold, only a longer silence means that it
// waits.
const quick = time.Second

// touching calls use, and tells notice while the token waits to be touched for it.
func touching(policy model.UsePolicy, notice port.TouchNotice, use func() error) error {
	if notice == nil || policy == model.PolicyNever {
		return use()
	}
	if policy == model.PolicyAlways {
		notice(true)
		defer notice(false)
		return use()
	}
	var mu sync.Mutex
	told, over := false, false
	timer := time.AfterFunc(quick, func() {
		mu.Lock()
		defer mu.Unlock()
		if !over {
			told = true
			notice(true)
		}
	})
	err := use()
	timer.Stop()
	mu.Lock()
	defer mu.Unlock()
	over = true
	if told {
		notice(false)
	}
	return err
}
