"""Cues of relation in other languages: a son, an aunt, a teacher, a landlord right beside a name.

Only data, like `names_world`: `names_cues` compiles it. Where a language has no capitals, or gives them to every noun
or place beside kin, the name must begin with a given name that we know; elsewhere two capitals are enough.
"""

from __future__ import annotations

from ringfence.gate.names_shapes import FULL, ONE_OR_MORE, SINGLE
from ringfence.gate.names_world import Row

_FR = (
    r"(?:belle-(?:sœur|soeur|mère|fille)|beau-(?:frère|père|fils)|tante|oncle|cousine?|nièce|neveu|mari|femme"
    r"|fils|fille"
    r"|mère|père|sœur|frère|amie?|voisine?|copain|copine|patron(?:ne)?|collègue|propriétaire|maîtresse|professeure?"
    r"|institut(?:eur|rice)|ex)"
)
_ES = (
    r"(?:tí[oa]|prim[oa]|sobrin[oa]|cuñad[oa]|suegr[oa]|yerno|nuera|marido|espos[oa]|mujer|hij[oa]|madre|padre"
    r"|mamá|papá"
    r"|herman[oa]|abuel[oa]|niet[oa]|amig[oa]|vecin[oa]|novi[oa]|jef[ea]|maestr[oa]|profesora?|caser[oa]"
    r"|compañer[oa])"
)
_PT = (
    r"(?:ti[oa]|prim[oa]|sobrinh[oa]|cunhad[oa]|sogr[oa]|genro|nora|marido|espos[oa]|mulher|filh[oa]|mãe|pai"
    r"|irmão|irmã"
    r"|av[óô]|net[oa]|amig[oa]|vizinh[oa]|namorad[oa]|chefe|professora?|senhori[oa]|colega)"
)
_IT = (
    r"(?:zi[oa]|cugin[oa]|nipote|cognat[oa]|suocer[oa]|genero|nuora|marito|moglie|figli[oa]|madre|padre|mamma"
    r"|papà|fratello"
    r"|sorella|nonn[oa]|amic[oa]|vicin[oa]|fidanzat[oa]|capo|maestr[oa]|professor(?:e|essa)|padron[ea] di casa"
    r"|collega)"
)
_RO = (
    r"(?:mătuș[aă]|unchiul|veri?șo(?:rul|ara)|vărul|nepo(?:tul|ata)|cumna(?:tul|ta)|soacra|socrul|soțul|soția"
    r"|fiul|fiica"
    r"|mama|tatăl|fratele|sora|bunic(?:ul|a)|prieten(?:ul|a)|vecin(?:ul|a)|șef(?:ul|a)|învățăto(?:rul|area)"
    r"|profeso(?:rul|ara)|proprietar(?:ul|a)|coleg(?:ul|a))"
)
_EL = (
    r"(?:θεί[αο]ς?|ξαδέρφη|ξάδερφός|ξάδερφος|ανιψι[άό]ς?|κουνιάδ[αο]ς?|πεθερ[άό]ς?|άντρας|σύζυγ[όο]ς|γυναίκα"
    r"|γιος|κόρη"
    r"|μητέρα|μαμά|πατέρας|μπαμπάς|αδερφ[ήό]ς?|αδελφ[ήό]ς?|γιαγιά|παππούς|φίλ[οη]ς?|γείτονάς|γειτόνισσά"
    r"|προϊστάμεν[οη]ς"
    r"|δασκάλα|δάσκαλος|σπιτονοικοκύρης|συνάδελφός)"
)
_RU = (
    r"(?:т[её]т[яюеи]|дяд[яюеи]|двоюродн(?:ый брат|ая сестра)|племянни(?:к|ца|цу|ка|ку)|невестка|зят[ья]"
    r"|св[её]кор|тесть"
    r"|муж(?:а|у|ем)?|жен[ауые]|сын(?:а|у|ом)?|доч(?:ь|ери|ка|ку|ке)|мам[ауые]|пап[ауые]|брат(?:а|у)?"
    r"|сестр[ауые]|бабушк[ауие]"
    r"|дедушк[ауие]|внук|внучка|подруг[ауие]|начальни(?:к|ца)|учительниц[ауые]|учител[ья]|воспитательниц[ауые]"
    r"|хозяйка|коллега)"
)
_UK = (
    r"(?:тітк[ауи]|дядьк[оау]|двоюрідн(?:ий брат|а сестра)|племінни(?:к|ця|цю|ка)|невістка|зят[ья]|свекор|тесть"
    r"|чоловік(?:а|у)?"
    r"|дружин[ауи]|син(?:а|у|ові)?|доньк[ауи]|дочк[ауи]|мам[ауи]|тат[оау]|брат(?:а|у)?|сестр[ауи]|бабус[яюі]"
    r"|дідус[ья]|онук"
    r"|онука|подруг[ауи]|начальни(?:к|ця)|вчительк[ауи]|вчител[ья]|вихователька|господиня|колега)"
)
_PL = (
    r"(?:cioci[aęi]|ciotk[aęi]|wuj(?:ek|ka|kiem)?|kuzyn(?:k[aęi]|a)?|siostrzeni(?:ec|ca|cy|cę)|bratan(?:ek|ica|ka)"
    r"|szwagier|szwagierka|teść|teściowa|zięć|synowa|mąż|męża|żon[aęy]|syn(?:a|em|owi)?|cór(?:ka|kę|ki|ce)"
    r"|mam[aęy]|tat[aęy]"
    r"|brat(?:a|em)?|siostr[aęy]|babci[aęi]|dziad(?:ek|ka)|wnu(?:k|czka)|przyjaci(?:el|ółka)|kierowni(?:k|czka)"
    r"|wychowaw(?:czyni|ca)|nauczyciel(?:ka)?)"
)
_CS = (
    r"(?:tet[aouy]|strýc|bratran(?:ec|ce|ci)|sestřenic[ei]|synovec|neteř|švagr(?:ová)?|tchyně|tchán|zeť|snacha"
    r"|manžel(?:a|k[auy])?"
    r"|muž|žen[auy]|syn(?:a|ovi)?|dcer[auy]|mám[auy]|mat[kc][aue]|ot(?:ec|ce)|tát[auy]|bratr(?:a|ovi)?"
    r"|sestr[auy]|babičk[auy]"
    r"|děd(?:a|eček)|vnu(?:k|čka)|přítel(?:kyně)?|kamarád(?:k[au])?|šéf(?:ová)?|učitelk[auy]|učitel|domácí)"
)
_HU = (
    r"(?:nagynéném|nagybátyám|nagynénje|nagybátyja|unoka(?:testvére|öccse|öcs|húga?)m?|sógor(?:om|a|nőm|nője)"
    r"|anyós(?:om|a)"
    r"|após(?:om|a)|férj(?:em|e)|feleség(?:em|e)|fi(?:am|a)|lány(?:om|a)|any(?:ám|ja)|ap(?:ám|ja)|bátyám|öcsém"
    r"|nővér(?:em|e)"
    r"|húg(?:om|a)|nagymamám|nagyapám|unok(?:ám|ája)|barát(?:om|nőm|ja|nője)|szomszéd(?:om|ja)|főnök(?:öm|e)"
    r"|tanár(?:om|a|nője)|tanító(?:m|ja|nője)|főbérlőm|kollég(?:ám|ája))"
)
_FI = (
    r"(?:täti(?:ni|nsä)|seta(?:ni|nsä)|eno(?:ni|nsa)|serkku(?:ni|nsa)|vävy(?:ni|nsä)|miniä(?:ni|nsä)"
    r"|anoppi(?:ni|nsa)|mieheni"
    r"|miehensä|vaimo(?:ni|nsa)|poika(?:ni|nsa)|tyttäre(?:ni|nsä)|äiti(?:ni|nsä)|isä(?:ni|nsä)|velje(?:ni|nsä)"
    r"|siskoni"
    r"|sisko(?:ni|nsa)|sisare(?:ni|nsa)|mummo(?:ni|nsa)|ystävä(?:ni|nsä)|naapuri(?:ni|nsa)|pomo(?:ni|nsa)"
    r"|kollega(?:ni|nsa)"
    r"|vuokraisäntä(?:ni|nsä)|(?:poikani|tyttäreni|lapseni) (?:opettaja|hoitaja))"
)
_TR = (
    r"(?:teyze(?:m|si)|hala(?:m|sı)|amca(?:m|sı)|dayı(?:m|sı)|kuzen(?:im|i)|yeğen(?:im|i)|baldız(?:ım|ı)"
    r"|enişte(?:m|si)"
    r"|görümce(?:m|si)|kayınvalide(?:m|si)|damad(?:ım|ı)|gelin(?:im|i)|koca(?:m|sı)|karı(?:m|sı)|eş(?:im|i)"
    r"|oğl(?:um|u)"
    r"|kız(?:ım|ı)|anne(?:m|si)|baba(?:m|sı)|abi(?:m|si)|abla(?:m|sı)|kardeş(?:im|i)|torun(?:um|u)|arkadaş(?:ım"
    r"|ı)|müdür(?:üm|ü)"
    r"|öğretmen(?:im|i)|patron(?:um|u)|ev sahib(?:im|i))"
)
_DE = (
    r"(?:Tante|Onkel|Cousine?|Vetter|Neffen?|Nichte|Schwager|Schwägerin|Schwieger(?:mutter|vater|sohn|tochter)"
    r"|Mann|Frau"
    r"|Ehe(?:mann|frau)|Sohn|Tochter|Mutter|Mama|Vater|Papa|Bruder|Schwester|Oma|Opa|Enkel(?:in)?|Freund(?:in)?"
    r"|Chef(?:in)?"
    r"|Vermieter(?:in)?|Lehrer(?:in)?|Erzieher(?:in)?|Nachbar(?:in)?|Kolleg(?:e|in)|Ex)"
)
_NL = (
    r"(?:tante|oom|nicht(?:je)?|neef(?:je)?|schoonzus|zwager|schoon(?:moeder|vader|zoon|dochter)|man|vrouw|zoon"
    r"|dochter"
    r"|moeder|mama|vader|papa|broer|zus(?:je)?|oma|opa|klein(?:zoon|dochter)|vriend(?:in)?|baas|huisbaas|juf"
    r"|meester|leraar|lerares"
    r"|buurman|buurvrouw|collega|ex)"
)
_NORDIC = (
    r"(?:moster|faster|morbror|farbror|tante|onkel|kusine?|fætter|fetter|syskonbarn|brorson|systerson|niece"
    r"|nevø|nevø|niese"
    r"|svägerska|svåger|svigerinde|svigerinne|svoger|svärmor|svigermor|man|mand|mann|fru|kone|hustru|sambo|son"
    r"|søn|sønn"
    r"|dotter|datter|mamma|mor|pappa|far|bror|syster|søster|mormor|farmor|morfar|farfar|vän|väninna|ven(?:inde"
    r"|ninne)?"
    r"|granne|nabo|chef|sjef|lärare|lærer|hyresvärd|utleier|udlejer|kollega)"
)
_NORDIC_THE = (
    r"(?:tanten|onkelen|kusinen|fetteren|nevøen|niesen|svigerinnen|svogeren|mannen|kona|sønnen|dattera|datteren"
    r"|moren|faren"
    r"|broren|søsteren|søstera|venninnen|venninna|vennen|naboen|sjefen|læreren|utleieren|kollegaen)"
)
_ID = (
    r"(?:bibi|paman|sepupu|keponakan|ipar|mertua|menantu|suami|istri|anak|ibu|ayah|bapak|kakak|adik|nenek|kakek"
    r"|cucu|teman"
    r"|tetangga|bos|atasan|majikan|guru(?: anak)?|pemilik kos)"
)
_VI = (
    r"(?:dì|cô|chú|bác|cậu|mợ|thím|anh họ|em họ|chị họ|cháu|chồng|vợ|con trai|con gái|con|mẹ|bố|ba|má|anh trai"
    r"|em trai"
    r"|chị gái|em gái|bà ngoại|bà nội|ông ngoại|ông nội|bạn|hàng xóm|sếp|cô giáo|thầy giáo|chủ nhà|đồng nghiệp)"
)
_VI_SURNAME = (
    r"(?:Nguyễn|Trần|Lê|Phạm|Hoàng|Huỳnh|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Hồ|Ngô|Dương|Lý|Trịnh|Đinh|Mai|Tô)"
)
_CALLED = (
    r",? (?:(?:qui s.appelle|que se llama|que se chama|che si chiama|heißt|namens|genannt|heet|som heter|heter"
    r"|hedder|jmenem"
    r"|imieniem|по имени|на имя|на ім.я|bernama|namanya|tên(?: là)?|adında|adlı|nevű|nimeltä|pe nume),? )?"
)
_OF_MINE = (
    r"(?:(?: (?:de|of|di|do|da|van|von|av|til|à) (?:mon|ma|mes|mi|mis|su|sus|meu|minha|nosso|nossa|mio|mia|miei"
    r"|suo|sua|mijn"
    r"|onze|min|mitt|vår|sønnen|datteren|barnet|son|sa|o meu|a minha|ele|ela)| (?:dele|dela|delas)|"
    r" d[oae] (?:meu|minha|nosso|nossa)| del? (?:mi|mio)| (?:ei|lui|lor|mea|meu|meo|fiului|fiicei|nostru|noastră)"
    r"| (?:μου|της|του|μας|τους)| (?:min|mitt|hans|hennes|hendes|vår)"
    r"| (?:моего|моей|нашего|нашей|мого|моєї|нашого|mojego|mojej|mého|mojí|našeho)"
    r"| (?:saya|kami|kita|dia|tôi|mình|em|anh|chị|cô ấy|anh ấy|của (?:tôi|con tôi|mình|cô ấy|anh ấy|chị ấy)))"
    r"(?: \w{2,14})?(?: (?:μου|mea|meu|min|mitt|saya))?)"
)


def _kin(mine: str, kin: str, *, known: bool = False, full: str = FULL) -> tuple[Row, ...]:
    """Rows of a language: one for any name with a known given name, one for two capitals where those are enough."""
    lead = rf"\b(?i:{mine}{kin}){_OF_MINE}?{_CALLED}"
    by_given = Row(pattern=rf"{lead}(?P<name>{ONE_OR_MORE})", why="relative", known=True)
    if known:
        return (by_given,)
    return by_given, Row(pattern=rf"{lead}(?P<name>{full})", why="relative")


_DE_MINE = r"(?:(?:mein|dein|sein|ihr|unser|euer)(?:e|er|em|en|es)? |d(?:er|ie|en|em) )"
_ROMANCE_MINE = (
    r"(?:la |le |el |il |lo |l['’]|a |o |minha |meu |sua |seu |nossa |nosso |ma |mon |sa |son |notre |mi |su "
    r"|nuestr[oa] |mi[oa] |su[oa] |nostr[oa] )"
)
ROWS: tuple[Row, ...] = (
    *_kin(_ROMANCE_MINE, rf"(?:{_FR}|{_ES}|{_PT}|{_IT})"),
    *_kin("", _RO),
    *_kin("", _EL),
    *_kin("", rf"(?:{_RU}|{_UK})"),
    *_kin("", rf"(?:{_PL}|{_CS})"),
    *_kin("(?:a |az |egy )?", _HU, full=rf"{SINGLE} {SINGLE}"),
    *_kin("", _FI),
    *_kin("", _TR, known=True),
    Row(
        pattern=rf"\b{_DE_MINE}{_DE}(?: (?:mein|sein|ihr|unser)e[srnm] \w{{3,15}})?(?:,? (?:heißt |namens )?)"
        rf"(?P<name>{ONE_OR_MORE})",
        why="relative",
        known=True,
    ),
    *_kin(r"(?:mijn |haar |zijn |onze |ons |de |m['’]n )", _NL),
    *_kin(r"(?:min |mitt |hans |hennes |hendes |vår |vores |sin |\w+s )", _NORDIC),
    *_kin("", _NORDIC_THE),
    *_kin("", rf"{_ID}(?:ku|nya)?", known=True),
    Row(
        pattern=rf"\b(?i:{_ID})(?: (?:saya|kami|dia)|ku|nya),? (?P<name>(?![Gg]uru|[Bb]ahasa){FULL})",
        why="relative",
    ),
    *_kin("", _VI, known=True),
    Row(
        pattern=rf"\b(?i:{_VI}){_OF_MINE}?(?:,| là| tên(?: là)?)? (?P<name>{_VI_SURNAME}(?: {SINGLE}){{1,3}})",
        why="relative",
    ),
    Row(
        pattern=rf"\b(?i:{_VI}){_OF_MINE}? tên(?: là)? (?P<name>{SINGLE})",
        why="relative",
    ),
)
