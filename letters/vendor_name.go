package letters

import "path"

// ManifestName is the name of a sealed batch's manifest as vendors keep it;
// kind is json or csv.
func (b Batch) ManifestName(kind string) string { return path.Base(b.manifestKey(kind)) }
