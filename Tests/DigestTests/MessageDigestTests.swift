import Digest
import Testing
