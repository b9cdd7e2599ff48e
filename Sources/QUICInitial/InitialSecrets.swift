private import COpenSSL
import Wire
