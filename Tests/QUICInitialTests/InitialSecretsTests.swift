import QUICInitial
import Testing
