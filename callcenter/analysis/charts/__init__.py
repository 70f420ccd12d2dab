"""The fixed charts of reports: figures in, one option of ECharts out, which browser and server draw alike."""
