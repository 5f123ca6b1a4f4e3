"""Where Ecuador's cantons lie: the seat of each, to a hundredth of a degree (about a kilometre), so that a chart can show places.

Names are those of `locales/places.yaml`, with the further ways to write them. Coordinates are those of GeoNames (geonames.org,
CC BY 4.0) where it has the seat, else read off the public map of the country.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from bot.engine.answers.folding import fold

GALAPAGOS = -85.0
"""West of this longitude is the archipelago, which a map of the country shows apart."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A canton's seat; `names` are folded, the first is the canton's own."""

    names: tuple[str, ...]
    province: str
    lat: float
    lon: float


@lru_cache(maxsize=1)
def seats() -> tuple[Seat, ...]:
    """Returns the seats of all cantons."""
    found: list[Seat] = []
    province = ""
    for line in _SEATS.splitlines():
        if not line.startswith(" "):
            province = fold(line.removesuffix(":"))
            continue
        for one in filter(None, map(str.strip, line.split(";"))):
            names, lat, lon = one.rsplit(" ", 2)
            found.append(Seat(tuple(fold(name) for name in names.split("/")), province, float(lat), float(lon)))
    return tuple(found)


def located(text: str) -> tuple[float, float] | None:
    """Returns latitude and longitude of a canton or province: "Loja", "Bolívar, Manabí", "cantón Puyo", "Chimborazo".

    None where the country has no such place, or several and the text does not say which. A province lies in the middle of its
    cantons.
    """
    place, _, within = (fold(part).strip() for part in text.partition(","))
    place = place.removeprefix("canton ").removeprefix("provincia de ").removeprefix("provincia del ")
    alike = [seat for seat in seats() if place in seat.names and within in ("", seat.province)]
    if len(alike) == 1:
        return alike[0].lat, alike[0].lon
    of = [seat for seat in seats() if seat.province == place] if not alike else []
    if not of:
        return None
    return sum(seat.lat for seat in of) / len(of), sum(seat.lon for seat in of) / len(of)


_SEATS = """\
Azuay:
    Cuenca -2.90 -79.00; Girón -3.16 -79.15; Gualaceo -2.89 -78.78; Nabón -3.34 -79.07; Paute -2.78 -78.76;
    Pucará -3.21 -79.47; San Fernando -3.15 -79.25; Santa Isabel -3.27 -79.31; Sígsig -3.05 -78.80;
    Oña/san felipe de oña -3.47 -79.15; Chordeleg -2.92 -78.78; El Pan -2.79 -78.66; Sevilla de Oro -2.80 -78.65;
    Guachapala -2.77 -78.71; Camilo Ponce Enríquez/ponce enríquez -3.05 -79.74;
Bolívar:
    Guaranda -1.59 -79.00; Chillanes -1.94 -79.07; Chimbo/san josé de chimbo -1.68 -79.02; Echeandía -1.43 -79.28;
    San Miguel -1.71 -79.04; Caluma -1.63 -79.26; Las Naves -1.29 -79.31;
Cañar:
    Azogues -2.74 -78.85; Biblián -2.71 -78.89; Cañar -2.56 -78.94; La Troncal -2.42 -79.34; El Tambo -2.51 -78.93;
    Déleg -2.77 -78.92; Suscal -2.44 -79.05;
Carchi:
    Tulcán 0.81 -77.72; Bolívar 0.50 -77.91; Espejo/el ángel 0.62 -77.94; Mira 0.55 -78.04; Montúfar/san gabriel 0.59 -77.83;
    San Pedro de Huaca/huaca 0.64 -77.73;
Cotopaxi:
    Latacunga -0.93 -78.62; La Maná -0.94 -79.23; Pangua/el corazón -1.14 -79.08; Pujilí -0.96 -78.70;
    Salcedo/san miguel de salcedo -1.05 -78.59; Saquisilí -0.84 -78.67; Sigchos -0.70 -78.89;
Chimborazo:
    Riobamba -1.67 -78.66; Alausí -2.20 -78.85; Colta/cajabamba/villa la unión -1.70 -78.77; Chambo -1.73 -78.60;
    Chunchi -2.29 -78.92; Guamote -1.93 -78.71; Guano -1.61 -78.64; Pallatanga -2.00 -78.97; Penipe -1.57 -78.53;
    Cumandá -2.20 -79.14;
El Oro:
    Machala -3.26 -79.96; Arenillas -3.55 -80.07; Atahualpa -3.57 -79.72; Balsas -3.76 -79.82; Chilla -3.46 -79.58;
    El Guabo -3.24 -79.83; Huaquillas -3.48 -80.23; Marcabelí -3.78 -79.91; Pasaje -3.33 -79.81; Piñas -3.68 -79.68;
    Portovelo -3.72 -79.62; Santa Rosa -3.46 -79.96; Zaruma -3.69 -79.61; Las Lajas -3.79 -80.06;
Esmeraldas:
    Esmeraldas 0.96 -79.65; Eloy Alfaro/limones/valdez 1.25 -78.98; Muisne 0.61 -80.02; Quinindé/rosa zárate 0.33 -79.47;
    San Lorenzo 1.29 -78.84; Atacames 0.87 -79.85; Rioverde/río verde 1.07 -79.41;
Guayas:
    Guayaquil/gye/guayakil -2.20 -79.89; Alfredo Baquerizo Moreno/jujan -1.92 -79.52; Balao -2.91 -79.82; Balzar -1.37 -79.91;
    Colimes -1.55 -80.01; Daule -1.86 -79.98; Durán/eloy alfaro durán -2.17 -79.84; El Empalme/velasco ibarra -1.04 -79.64;
    El Triunfo -1.93 -79.97; Milagro -2.13 -79.59; Naranjal -2.68 -79.62; Naranjito -2.17 -79.47; Palestina -1.94 -79.71;
    Pedro Carbo -1.82 -80.23; Samborondón -1.96 -79.73; Santa Lucía -2.18 -80.00; Salitre -1.83 -79.82;
    San Jacinto de Yaguachi/yaguachi -2.10 -79.69; Playas/general villamil/playas villamil/villamil playas -2.63 -80.39;
    Simón Bolívar -2.18 -80.36; Coronel Marcelino Maridueña/marcelino maridueña -2.21 -79.44;
    Lomas de Sargentillo -1.88 -80.08; Nobol -1.92 -80.01; General Antonio Elizalde/bucay -2.20 -79.13;
    Isidro Ayora -1.88 -80.15;
Imbabura:
    Ibarra 0.35 -78.12; Antonio Ante/atuntaqui 0.33 -78.22; Cotacachi 0.30 -78.27; Otavalo 0.23 -78.26; Pimampiro 0.39 -77.94;
    San Miguel de Urcuquí/urcuquí 0.42 -78.19;
Loja:
    Loja -3.99 -79.20; Calvas/cariamanga -4.33 -79.56; Catamayo -3.99 -79.36; Celica -4.10 -79.96; Chaguarpamba -3.88 -79.64;
    Espíndola/amaluza -4.58 -79.43; Gonzanamá -4.23 -79.44; Macará -4.38 -79.95; Paltas/catacocha -4.05 -79.65;
    Puyango/alamor -4.04 -80.02; Saraguro -3.62 -79.24; Sozoranga -4.33 -79.79; Zapotillo -4.38 -80.24; Pindal -4.12 -80.11;
    Quilanga -4.30 -79.40; Olmedo -3.93 -79.65;
Los Ríos:
    Babahoyo -1.80 -79.52; Baba -1.78 -79.68; Montalvo -1.79 -79.29; Puebloviejo -1.55 -79.53; Quevedo -1.03 -79.46;
    Urdaneta/catarama -1.57 -79.47; Ventanas -1.44 -79.46; Vinces -1.56 -79.75; Palenque -1.44 -79.76;
    Buena Fe/san jacinto de buena fe -0.89 -79.49; Valencia -0.95 -79.36; Mocache -1.19 -79.51; Quinsaloma -1.21 -79.31;
Manabí:
    Portoviejo -1.06 -80.45; Bolívar/calceta -0.85 -80.16; Chone -0.70 -80.09; El Carmen -0.28 -79.46;
    Flavio Alfaro -0.41 -79.90; Jipijapa -1.35 -80.58; Junín -0.93 -80.21; Manta -0.95 -80.73; Montecristi -1.05 -80.66;
    Paján -1.55 -80.43; Pichincha -1.04 -79.82; Rocafuerte -0.92 -80.45; Santa Ana -1.21 -80.37;
    Sucre/bahía de caráquez -0.60 -80.42; Tosagua -0.79 -80.23; 24 de Mayo/veinticuatro de mayo -1.28 -80.42;
    Pedernales 0.07 -80.05; Olmedo -1.40 -80.21; Puerto López -1.56 -80.81; Jama -0.20 -80.26; Jaramijó -0.95 -80.64;
    San Vicente -0.59 -80.41;
Morona Santiago:
    Morona/macas -2.31 -78.12; Gualaquiza -3.40 -78.58; Limón Indanza/limón/general leonidas plaza gutiérrez -2.97 -78.43;
    Palora -1.70 -77.97; Santiago/méndez/santiago de méndez -2.71 -78.32; Sucúa -2.46 -78.17; Huamboya -1.95 -77.99;
    San Juan Bosco -3.12 -78.53; Taisha -2.34 -77.46; Logroño -2.63 -78.20; Pablo Sexto -1.92 -78.01; Tiwintza -3.05 -78.00;
    Sevilla Don Bosco -2.32 -78.10;
Napo:
    Tena -1.00 -77.81; Archidona -0.91 -77.81; El Chaco -0.34 -77.81; Quijos/baeza -0.46 -77.89;
    Carlos Julio Arosemena Tola/arosemena tola -1.16 -77.85;
Pastaza:
    Pastaza/puyo/el puyo -1.49 -78.00; Mera -1.46 -78.11; Santa Clara -1.26 -77.89; Arajuno -1.23 -77.69;
Pichincha:
    Quito/uio/distrito metropolitano de quito/dmq -0.23 -78.52; Cayambe 0.04 -78.15; Mejía/machachi -0.51 -78.57;
    Pedro Moncayo/tabacundo 0.05 -78.22; Rumiñahui/sangolquí -0.33 -78.45; San Miguel de los Bancos/los bancos 0.02 -78.89;
    Pedro Vicente Maldonado 0.09 -79.05; Puerto Quito 0.12 -79.25;
Tungurahua:
    Ambato -1.25 -78.62; Baños de Agua Santa/baños -1.40 -78.42; Cevallos -1.35 -78.62; Mocha -1.42 -78.66;
    Patate -1.31 -78.51; Quero -1.38 -78.61; San Pedro de Pelileo/pelileo -1.33 -78.55;
    Santiago de Píllaro/píllaro -1.17 -78.55; Tisaleo -1.35 -78.67;
Zamora Chinchipe:
    Zamora -4.06 -78.95; Chinchipe/zumba -4.86 -79.13; Nangaritza/guayzimi/guaysimi -4.04 -78.68;
    Yacuambi/28 de mayo -3.64 -78.93; Yantzaza -3.83 -78.76; El Pangui -3.63 -78.59; Centinela del Cóndor/zumbi -3.90 -78.78;
    Palanda -4.65 -79.13; Paquisha -3.93 -78.68;
Galápagos:
    San Cristóbal/puerto baquerizo moreno -0.90 -89.61; Isabela/puerto villamil -0.96 -90.97;
    Santa Cruz/puerto ayora -0.74 -90.31;
Sucumbíos:
    Lago Agrio/nueva loja 0.09 -76.90; Gonzalo Pizarro/lumbaqui 0.02 -77.38;
    Putumayo/puerto el carmen/puerto el carmen de putumayo 0.12 -75.86; Shushufindi -0.19 -76.64;
    Sucumbíos/la bonita 0.47 -77.55; Cascales/el dorado de cascales 0.08 -77.28; Cuyabeno/tarapoa -0.27 -75.89;
Orellana:
    Francisco de Orellana/orellana/coca/el coca/puerto francisco de orellana -0.45 -77.00; Aguarico -0.78 -75.53;
    La Joya de los Sachas/joya de los sachas/sachas -0.29 -76.86; Loreto -0.69 -77.31;
Santo Domingo de los Tsáchilas:
    Santo Domingo/santo domingo de los colorados -0.25 -79.17; La Concordia 0.00 -79.39;
Santa Elena:
    Santa Elena -2.23 -80.86; La Libertad -2.23 -80.91; Salinas -2.21 -80.96;
"""
