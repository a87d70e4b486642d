package io.meshd.daemon.sim;

import org.junit.jupiter.api.Test;

class MeshWeatherTest {
    private static final int SEEDS = 40;

    @Test
    void meshSurvivesWeather() {
        Simulation.run("weather", Integer.getInteger("meshd.simulation.seeds", SEEDS),
                network -> new Weather(network).run());
    }
}
