package paper

import "slices"

// Zone is a part of an A4 sheet, in millimetres from its top left corner.
type Zone struct {
	X0 float64 `json:"x0"`
	Y0 float64 `json:"y0"`
	X1 float64 `json:"x1"`
	Y1 float64 `json:"y1"`
}

// Width is the way across a zone, in millimetres.
func (z Zone) Width() float64 { return z.X1 - z.X0 }

// Height is the way down a zone, in millimetres.
func (z Zone) Height() float64 { return z.Y1 - z.Y0 }

// Holds tells whether another zone lies wholly inside.
func (z Zone) Holds(o Zone) bool {
	return o.X0 >= z.X0 && o.X1 <= z.X1 && o.Y0 >= z.Y0 && o.Y1 <= z.Y1
}

// VendorMark is something that the vendor's machines add to the sheet. It is
// drawn in proofs only.
type VendorMark struct {
	Name string `json:"name"`
	Zone Zone   `json:"zone"`
}

// Geometry says where a print vendor's machines want things on the sheet. It
// is data of the vendor's profile, not of a pack.
type Geometry struct {
	Name    string  `json:"name"`
	Print   Zone    `json:"print"`   // nothing is drawn outside, on any page
	Sender  Zone    `json:"sender"`  // mark and name of the sender
	Contact Zone    `json:"contact"` // the sender's contact block
	Window  Zone    `json:"window"`  // the address; its text starts at X0, its last line ends at Y1
	Clear   []Zone  `json:"clear"`   // kept free for the vendor's own marks on page 1
	BodyTop float64 `json:"body_top"`

	Marks     []VendorMark `json:"marks,omitempty"`
	MaxSheets int          `json:"max_sheets,omitempty"` // that the envelope takes; 0 for any number

	// StartTag is drawn in white on the first page of each letter and nowhere
	// else: on another page it would start a new letter at the vendor.
	StartTag  string  `json:"start_tag"`
	TagX      float64 `json:"tag_x"`
	TagY      float64 `json:"tag_y"`
	TagPoints float64 `json:"tag_points"`
}

// Geometries are those that come with the program; a vendor's profile may
// state its own.
func Geometries() []Geometry { return []Geometry{C5Window(), C4Window(), DLWindow(), NoWindow()} }

// GeometryNamed finds one of them by its name.
func GeometryNamed(name string) (Geometry, bool) {
	all := Geometries()
	i := slices.IndexFunc(all, func(g Geometry) bool { return g.Name == name })
	if i < 0 {
		return Geometry{}, false
	}
	return all[i], true
}

// C5Window is the geometry of a C5 window envelope, used where a vendor states
// nothing else. It takes four sheets.
func C5Window() Geometry {
	return Geometry{
		Name:    "C5 window",
		Print:   Zone{15, 5, 195, 292},
		Sender:  Zone{15, 5, 125, 30},
		Contact: Zone{125, 30, 195, 95},
		Window:  Zone{24.6, 39.5, 120, 66.3},
		Clear:   []Zone{{0, 5, 15, 292}, {15, 66.3, 125, 95}},
		BodyTop: 95, StartTag: "LETTERSTART", TagX: 1.8, TagY: 1.8, TagPoints: 6,
		Marks:     []VendorMark{{"inserter mark", Zone{4.4, 36.9, 11.1, 43.6}}, {"Mailmark", Zone{24.6, 71, 91, 77}}},
		MaxSheets: 4,
	}
}

// C4Window is the C5 geometry for sheets that go unfolded into a large
// envelope, as large print does: 80 gsm is 5 g a sheet, and a letter by the
// large tariff may weigh 100 g with its envelope.
func C4Window() Geometry {
	g := C5Window()
	g.Name, g.MaxSheets = "C4 window", 16
	return g
}

// DLWindow is the geometry of a DL window envelope, an A4 sheet folded in
// three at 99 mm, whose window sits lower. It takes three sheets.
func DLWindow() Geometry {
	g := C5Window()
	g.Name, g.MaxSheets, g.BodyTop = "DL window", 3, 99
	g.Window = Zone{24.6, 46, 112, 73.5}
	g.Contact = Zone{125, 30, 195, 98}
	g.Clear = []Zone{{0, 5, 15, 292}, {15, 73.5, 125, 99}}
	g.Marks = []VendorMark{{"inserter mark", Zone{4.4, 36.9, 11.1, 43.6}}, {"Mailmark", Zone{24.6, 78, 91, 84}}}
	return g
}

// NoWindow is the geometry for envelopes whose address the vendor prints; the
// letter still names the person where people look for it.
func NoWindow() Geometry {
	g := C5Window()
	g.Name, g.MaxSheets, g.StartTag, g.Marks = "no window", 0, "", nil
	g.Clear = []Zone{{0, 5, 15, 292}}
	return g
}

// The sheet itself, and the measures in which PDF and paper are counted.
const (
	sheetWidth  = 210.0
	sheetHeight = 297.0
	mmPerPoint  = 25.4 / 72
)
