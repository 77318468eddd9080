from .chart.abstract import abstract as abstract
from .chart.read import read_chart as read_chart
from .chart.table import read_table as read_table
from .cohort.call import cohort as cohort
from .engine.apply import apply as apply
from .guide.write import write_guide as write_guide
from .library.read import read_library as read_library

VERSION: str
