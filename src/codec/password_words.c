/*
 * Words that passwords are made of again and again, in Spanish and English:
 * names, teams, places, months, pets, games, insults, and what stands on the
 * keyboard.  In lower case without accents, sorted as bytes.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/slice.h"
#include "codec/password_private.h"

/* clang-format off */
static const char *const words[] = {
	"aaron", "abc", "abcd", "abcde", "abcdef", "abcdefg", "abcdefgh",
	"abcdefghi", "abigail", "abrete", "abril", "acceder", "acceso",
	"access", "acdc", "admin", "administracion", "administrador",
	"administrator", "adrian", "adriana", "agosto", "aguila", "agustin",
	"agustina", "alberto", "alejandra", "alejandro", "alemania", "alex",
	"alexander", "alexandra", "alexis", "alfonso", "alfredo", "alianza",
	"alicia", "almacen", "almacenes", "alvaro", "am", "amanda", "amarillo",
	"america", "amiga", "amigas", "amigo", "amigos", "amor", "amorcito",
	"ana", "anabel", "anamaria", "and", "andrea", "andres", "andrew",
	"android", "angel", "angela", "angelica", "angelina", "angelito",
	"angels", "anita", "anthony", "antonia", "antonio", "apple", "april",
	"arana", "archivo", "archivos", "argentina", "argentino", "army",
	"arsenal", "arturo", "asd", "asdfgh", "asdfghjkl", "ashley", "asshole",
	"at", "atletico", "atleticomadrid", "august", "australia", "autumn",
	"azerty", "azul", "baby", "babyboy", "babygirl", "bailarina",
	"baloncesto", "banana", "banco", "bank", "barbara", "barbie", "barca",
	"barcelona", "bart", "baseball", "basketball", "basquetbol", "bastard",
	"batman", "bear", "beatles", "beatriz", "bebe", "beckham", "beisbol",
	"bendicion", "bendiciones", "benjamin", "besos", "bestfriend", "betis",
	"beyonce", "biblioteca", "bienvenida", "bienvenido", "bienvenidos",
	"bitch", "black", "blanco", "blink", "blue", "boca", "bocajuniors",
	"bodega", "bogota", "bolivia", "bonita", "boston", "boxeo", "boxing",
	"brandon", "brasil", "brazil", "brian", "brittany", "bryan",
	"buenosaires", "bulldog", "bullshit", "business", "butter", "butterfly",
	"caballo", "cabron", "cafe", "california", "callofduty", "camaro",
	"cambiame", "camila", "camilo", "campeon", "canada", "cancun", "candy",
	"caracas", "carajo", "caramelo", "carino", "carlitos", "carlos",
	"carolina", "caroline", "cat", "catalina", "cerveza", "champion",
	"changeme", "charles", "charlie", "charlotte", "cheerleader", "cheese",
	"chelsea", "cherry", "chevrolet", "chevy", "chicago", "chicken",
	"chile", "chileno", "chiquita", "chivas", "chocolate", "christian",
	"christina", "christine", "christopher", "church", "ciclismo", "cielo",
	"cinco", "clave", "cocacola", "cock", "cocksucker", "coffee", "college",
	"colocolo", "colombia", "colombiano", "company", "compras",
	"computadora", "computer", "con", "conejo", "cono", "contrasena",
	"contrasenia", "contrasenya", "cookie", "cookies", "corazon",
	"corinthians", "corvette", "costarica", "counterstrike", "cowboys",
	"crepusculo", "cristian", "cristiano", "cristina", "cristo", "cruzazul",
	"cuatro", "cuba", "cubano", "culo", "daisy", "dancer", "daniel",
	"daniela", "daniels", "darling", "david", "de", "debian", "december",
	"default", "del", "delfin", "dell", "demo", "demon", "deposito",
	"devil", "diablo", "diamante", "diamond", "diana", "diciembre", "dick",
	"diego", "diez", "digimon", "dinero", "dios", "diosesamor", "director",
	"doctor", "dog", "doggy", "dollar", "dolphin", "domingo", "dominic",
	"donald", "dos", "dragon", "dragonball", "ducati", "eagle", "eagles",
	"ecuador", "ecuatoriano", "eduardo", "eight", "el", "elephant",
	"elizabeth", "elmo", "eminem", "emmanuel", "empresa", "enero",
	"england", "enrique", "entrada", "entrar", "ernesto", "es", "escuela",
	"espana", "espanol", "esperanza", "esteban", "estefania", "estrella",
	"estudiante", "ethan", "europa", "europe", "facebook", "factura",
	"faith", "familia", "febrero", "february", "felicidad", "feliz",
	"fernanda", "fernando", "ferrari", "ferreteria", "fichero", "fighter",
	"files", "first", "five", "flamengo", "flor", "flores", "florida",
	"flower", "flowers", "football", "ford", "forever", "fortnite", "four",
	"france", "francia", "francisca", "francisco", "freedom", "fresa",
	"friday", "friend", "friends", "friendship", "frodo", "fuck", "fucker",
	"fucking", "fuckoff", "fuckyou", "futbol", "gabriel", "gabriela",
	"game", "gamer", "ganador", "gandalf", "garcia", "garfield", "gatito",
	"gato", "george", "gerardo", "gerente", "germany", "gilipollas",
	"ginger", "gmail", "god", "goku", "gold", "golden", "golf", "gomez",
	"gonzalez", "gonzalo", "google", "gordita", "gordito", "gracias",
	"green", "greenday", "guadalajara", "guapa", "guapo", "guatemala",
	"guerrero", "guest", "guillermo", "guitar", "guitarra", "gustavo",
	"hacker", "halo", "hammer", "hamster", "hannah", "happy", "harley",
	"harrypotter", "heather", "heaven", "hector", "hell", "hello",
	"hellokitty", "hermana", "hermano", "hermione", "hermosa", "hermoso",
	"hernandez", "hija", "hijo", "hijodeputa", "hijueputa", "hobbit",
	"hockey", "hogwarts", "hola", "homer", "honda", "honduras", "honey",
	"hope", "horse", "hotmail", "hugo", "hulk", "hunter", "i", "iglesia",
	"ignacio", "iloveyou", "in", "independiente", "ines", "instagram",
	"inter", "internet", "inventario", "invierno", "invitado", "iphone",
	"ironmaiden", "ironman", "is", "isabel", "isabella", "isabelle",
	"italia", "ivan", "jacqueline", "january", "jasmine", "javier",
	"jehova", "jennifer", "jeremy", "jessica", "jesucristo", "jesus",
	"jesuschrist", "joder", "jonathan", "jordan", "jorge", "jose",
	"joseluis", "josemaria", "joseph", "joshua", "juan", "juancarlos",
	"juanita", "juanjose", "jueves", "jugador", "julia", "julian",
	"juliana", "julio", "july", "june", "junio", "juntos", "justice",
	"justin", "juventus", "karate", "karen", "karina", "katalina",
	"katherine", "kawasaki", "kevin", "killer", "kimberly", "king",
	"kitten", "kitty", "knight", "la", "lakers", "las", "laura", "lauren",
	"legend", "lenovo", "leon", "leonardo", "letmein", "leyenda",
	"libertad", "liberty", "library", "lightning", "lima", "limon", "linda",
	"lindo", "linkinpark", "linux", "lion", "liverpool", "lobo", "login",
	"london", "londres", "lopez", "lorena", "los", "losangeles", "loser",
	"love", "lovely", "loveme", "lover", "lovers", "loveyou", "lucas",
	"lucia", "lucifer", "luis", "luisa", "luna", "lunes", "madison",
	"madonna", "madrid", "maestra", "maestro", "magic", "magico",
	"malparido", "mama", "mamaypapa", "manager", "manchester", "manuel",
	"manuela", "manutd", "manzana", "maradona", "marcelo", "march", "marco",
	"marcos", "margaret", "margarita", "maria", "mariajose", "mariana",
	"marina", "marine", "marines", "mario", "mariposa", "martes", "martin",
	"martina", "martinez", "marzo", "master", "mateo", "matrix", "matthew",
	"mayo", "me", "melissa", "mercedes", "mercury", "merlin", "messi",
	"metal", "metallica", "mexicano", "mexico", "mi", "miami", "miamor",
	"michael", "michelle", "mickey", "mickeymouse", "microsoft",
	"miercoles", "mierda", "miguel", "miguelangel", "milagro", "milan",
	"millonarios", "minecraft", "minnie", "mivida", "monday", "money",
	"monica", "monkey", "monterrey", "montevideo", "morado", "motdepasse",
	"motherfucker", "motorcycle", "mouse", "mucho", "muneca", "music",
	"musica", "mustang", "my", "mylove", "nacional", "nada", "naranja",
	"naruto", "natalia", "natalie", "navy", "negocio", "negocios", "negro",
	"nena", "nene", "newyork", "neymar", "nicaragua", "nicolas", "nicole",
	"nine", "ninja", "nintendo", "nirvana", "nissan", "nokia", "nothing",
	"november", "noviembre", "nueve", "number", "numero", "ocho", "october",
	"octubre", "of", "office", "oficina", "olimpia", "one", "orange",
	"ordenador", "osito", "oso", "otono", "pablo", "packers", "paco",
	"palmeiras", "panama", "panther", "paola", "papa", "para", "paraguay",
	"parasiempre", "paris", "parola", "pass", "passw", "password",
	"passwort", "patricia", "patricio", "patrick", "paulina", "paz",
	"peace", "peanut", "pedro", "pele", "penarol", "pendeja", "pendejo",
	"pepe", "pepper", "pepsi", "perez", "perrito", "perro", "peru",
	"peruano", "peter", "phoenix", "pikachu", "pirata", "pirate", "pizza",
	"platinum", "player", "playstation", "pokemon", "police", "policia",
	"pollo", "por", "porn", "porno", "porsche", "potter", "preciosa",
	"primavera", "prince", "princesa", "princess", "principe", "producto",
	"productos", "profesor", "prueba", "pruebas", "puertorico", "puma",
	"pumas", "pumpkin", "punk", "puppy", "purple", "pussy", "puta", "puto",
	"qazwsx", "queen", "queso", "qwe", "qwerty", "qwertyuiop", "qwertz",
	"rabbit", "racing", "rafael", "raiders", "ramirez", "ramon", "ranger",
	"rapper", "raton", "raul", "rayados", "realmadrid", "redsox",
	"reggaeton", "reina", "ricardo", "richard", "rihanna", "river",
	"riverplate", "robert", "roberto", "roblox", "rocio", "rock",
	"rockstar", "rodrigo", "rodriguez", "rojo", "roma", "ronaldinho",
	"ronaldo", "root", "rosa", "rosado", "rosario", "rose", "ruben",
	"runner", "ryan", "sabado", "salsa", "salvador", "samantha", "samsung",
	"samurai", "sanchez", "sandoval", "sandra", "sanlorenzo", "santiago",
	"sara", "sarah", "satan", "saturday", "school", "scooby", "scoobydoo",
	"sebastian", "second", "secret", "secreta", "secreto", "security",
	"seguridad", "seis", "senha", "september", "septiembre", "sergio",
	"serpiente", "server", "servidor", "sesamo", "seven", "sevilla", "sexo",
	"sexy", "shadow", "shakira", "shark", "shop", "siempre", "siete",
	"silver", "silvia", "simpsons", "sin", "sistema", "six", "skateboard",
	"skywalker", "slipknot", "smile", "snake", "snoopy", "snowboard",
	"soccer", "sofia", "sol", "soldier", "sonia", "sonic", "sonrisa",
	"sony", "sophia", "soy", "spain", "spanish", "spider", "spiderman",
	"spongebob", "spring", "starcraft", "starwars", "steelers", "stephanie",
	"steven", "storage", "store", "strawberry", "student", "sugar",
	"summer", "sunday", "sunflower", "sunshine", "superman", "surf",
	"surfing", "susana", "suzuki", "sweet", "sweetheart", "sweetie",
	"system", "tatiana", "teacher", "teamo", "telegram", "temp", "temporal",
	"temporary", "ten", "tenis", "tennis", "tequiero", "tequila", "teresa",
	"test", "testing", "texas", "the", "thomas", "three", "thunder",
	"thursday", "tiburon", "tienda", "tiger", "tigre", "tigres", "timothy",
	"to", "tomas", "tortuga", "toyota", "trabajo", "tres", "trustno",
	"trustnoone", "tu", "tuesday", "turtle", "tweety", "twilight",
	"twitter", "two", "tyler", "ubuntu", "un", "una", "united",
	"universidad", "university", "uno", "upload", "uruguay", "user",
	"usuario", "vader", "valencia", "valentina", "valeria", "vampire",
	"vampiro", "vanessa", "vanilla", "venezolano", "venezuela", "venta",
	"ventas", "verano", "verde", "verga", "veronica", "vicente", "victor",
	"victoria", "viernes", "vincent", "virginia", "viviana", "voleibol",
	"volleyball", "warcraft", "warehouse", "warrior", "washington",
	"wednesday", "welcome", "whatever", "whatsapp", "whiskey", "white",
	"william", "windows", "winner", "winter", "wizard", "wolf", "work",
	"xbox", "xyz", "y", "yahoo", "yamaha", "yankees", "yellow", "yo",
	"yoda", "you", "your", "youtube", "zachary", "zelda", "zero", "zidane",
	"zombie", "zxc", "zxcvbn", "zxcvbnm",
};
/* clang-format on */

static int
compare(const void *key, const void *element)
{
	const struct slice *text = key;
	const char *word = *(const char *const *)element;
	int order = strncmp(text->data, word, text->len);

	return order != 0 ? order : -(word[text->len] != '\0');
}

bool
password_is_word(struct slice text)
{
	return bsearch(&text, words, ARRAY_COUNT(words), sizeof(words[0]),
	    compare) != NULL;
}

bool
password_words_are_sorted(void)
{
	for (size_t i = 1; i < ARRAY_COUNT(words); i++)
		if (strcmp(words[i - 1], words[i]) >= 0 ||
		    strlen(words[i]) > PASSWORD_WORD_MAX)
			return false;
	return true;
}
