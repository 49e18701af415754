package live

import "context"

// ExpireNow and Look are what the background does from time to time.
func (l *Live) ExpireNow() { l.expireNow() }

// Look looks at the folder of indexes.
func (l *Live) Look(unusable string) string { return l.look(context.Background(), unusable) }

// Rebuild builds an engine of the same content.
func (l *Live) Rebuild() { l.again(context.Background()) }
