using Microsoft.Extensions.Configuration;
using Roost.Composition;
using Roost.Tests.Web.Hostile;
using Xunit;

namespace Roost.Tests.Composition;

/// <summary>What OpenTelemetry's variables say. What is sent is in <see cref="TracingTests"/>.</summary>
[Collection(nameof(HostileInputTests.Alone))]
public sealed class TelemetryTests
{
    [Theory]
    [InlineData("", "", 0)]
    [InlineData("OTEL_TRACES_SAMPLER", "always_off", 0)]
    [InlineData("OTEL_TRACES_EXPORTER", "none", 0)]
    [InlineData("OTEL_SDK_DISABLED", "true", 0)]
    [InlineData("OTEL_TRACES_SAMPLER_ARG", "0.25", 0.25)]
    public void The_variables_say_how_many_traces_are_recorded(string variable, string value, double rate)
    {
        var variables = new Dictionary<string, string?> { ["OTEL_TRACES_SAMPLER"] = "parentbased_traceidratio" };
        if (variable.Length > 0) variables["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = "http://127.0.0.1:9/v1/traces";
        variables[variable] = value;

        using var telemetry = Telemetry.Start("web", new ConfigurationBuilder().AddInMemoryCollection(variables).Build());

        Assert.Equal(rate, telemetry.Sampling.Rate);
    }
}
