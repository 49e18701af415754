package fleet

import "time"

// Pause opens pause to the tests.
func Pause(interval time.Duration, failures int) time.Duration { return pause(interval, failures) }
