package paper

import (
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// The names of what is filled in on an answer form.
const (
	FieldYes       = "form-yes"
	FieldNo        = "form-no"
	FieldBorn      = "born"      // the boxes of the date of birth
	FieldSignature = "signature" // the room over its line
	FieldCapacity  = "capacity"  // a box in which somebody signs for another; there are several
	FieldOther     = "other"     // the name of whoever signs for another
)

// FormField is one place of a form, in millimetres of the sheet.
type FormField struct {
	Name string
	Zone Zone
}

// FormPlan says where everything lies on an answer form of one page, so that
// a scan of it can be read.
type FormPlan struct {
	Mark    Zone    // the machine-readable mark without its quiet zone
	Modules int     // of the mark, a side
	Squares [3]Zone // top left, bottom left, bottom right
	Fields  []FormField
}

// PlanForm lays a pack's form out for a mark that says this. A form of several
// pages, as large print takes, has no plan: people read it.
func PlanForm(p Pack, g Geometry, mark string) (FormPlan, error) {
	set, ok := settingFor(p.Format)
	if !ok || set.flow {
		return FormPlan{}, fault.New(fault.Refused, "A form in this format is read by people.")
	}
	faces, err := typefaces()
	if err != nil {
		return FormPlan{}, err
	}
	modules, err := new(qrPress).encode(mark)
	if err != nil {
		return FormPlan{}, err
	}
	day := calendar.On(2026, 11, 30)
	d, err := compose(&p, g, parse(p.Text), newCanvas(faces), day.AddDays(100), day, nil)
	if err != nil {
		return FormPlan{}, err
	}
	right, top := sheetWidth-edge, g.Contact.Y0+3
	return FormPlan{Mark: Zone{right - formMark, top, right, top + formMark}, Modules: modules, Squares: cornerSquares, Fields: d.fields}, nil
}

// field notes where something is filled in.
func (k *composer) field(name string, z Zone) { k.fields = append(k.fields, FormField{name, z}) }
