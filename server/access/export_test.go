package access

// WatchEvery is Watch at another interval.
var WatchEvery = watch
