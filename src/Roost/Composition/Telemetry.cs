using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Roost.Rpc.Tracing;

namespace Roost.Composition;

/// <summary>
/// Sends what the process measures and traces to a collector, over OTLP, where OpenTelemetry's own environment
/// variables say so: <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> and its kin. Without them nothing of it is loaded.
/// </summary>
/// <remarks>Disposing sends what is left, and waits five seconds for that at most.</remarks>
internal sealed class Telemetry : IDisposable
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private const int FlushMilliseconds = 5_000;

    private static readonly string[] _meters =
        ["Roost.*", "Microsoft.AspNetCore.*", "System.Runtime", "System.Net.Http"];

    private MeterProvider? _metrics;
    private TracerProvider? _traces;

    private Telemetry(TraceSampling sampling, string instance) => (Sampling, Instance) = (sampling, instance);

    /// <summary>Which traces are recorded: at first none without a collector, with one all, or as
    /// <c>OTEL_TRACES_SAMPLER</c> says.</summary>
    public TraceSampling Sampling { get; }

    /// <summary>The process, as it is to be announced.</summary>
    public string Instance { get; }

    /// <summary>Begins to send, if there is somewhere to send to.</summary>
    /// <param name="role">What the process does; <c>OTEL_SERVICE_NAME</c> goes before.</param>
    /// <param name="variables">Null for the environment's.</param>
    public static Telemetry Start(string role, IConfiguration? variables = null)
    {
        variables ??= new ConfigurationBuilder().AddEnvironmentVariables().Build();
        var telemetry = new Telemetry(SamplingOf(variables), Guid.NewGuid().ToString("N"));
        telemetry.Send(role, variables);
        return telemetry;
    }

    public void Dispose()
    {
        _traces?.ForceFlush(FlushMilliseconds);
        _metrics?.ForceFlush(FlushMilliseconds);
        _traces?.Dispose();
        _metrics?.Dispose();
    }

    private static TraceSampling SamplingOf(IConfiguration variables)
    {
        var sampler = variables["OTEL_TRACES_SAMPLER"] ?? "";
        if (!IsOn(variables, "TRACES") || sampler.EndsWith("always_off", StringComparison.Ordinal))
            return new TraceSampling(0);
        return new TraceSampling(
            sampler.EndsWith("traceidratio", StringComparison.Ordinal)
                && double.TryParse(variables["OTEL_TRACES_SAMPLER_ARG"], CultureInfo.InvariantCulture, out var share)
                ? Math.Clamp(share, 0, 1)
                : 1);
    }

    private void Send(string role, IConfiguration variables)
    {
        if (IsOn(variables, "METRICS"))
        {
            _metrics = Sdk.CreateMeterProviderBuilder()
                .ConfigureServices(services => services.AddSingleton(variables))
                .SetResourceBuilder(ResourceOf(role)).AddMeter(_meters).AddOtlpExporter().Build();
        }
        if (IsOn(variables, "TRACES"))
        {
            _traces = Sdk.CreateTracerProviderBuilder()
                .ConfigureServices(services => services.AddSingleton(variables))
                .SetResourceBuilder(ResourceOf(role)).AddSource([.. TraceSampling.Sources])
                .SetSampler(new RateSampler(Sampling)).AddOtlpExporter().Build();
        }
    }

    /// <summary>What the variables say goes before what the program says of itself.</summary>
    private ResourceBuilder ResourceOf(string role) => ResourceBuilder.CreateEmpty()
        .AddService("roost-" + role, serviceVersion: ThisProgram.Version, serviceInstanceId: Instance)
        .AddTelemetrySdk().AddEnvironmentVariableDetector();

    /// <param name="signal">As the variables name it.</param>
    private static bool IsOn(IConfiguration variables, string signal) =>
        (!string.IsNullOrEmpty(variables[Endpoint])
            || !string.IsNullOrEmpty(variables[$"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"]))
        && variables[$"OTEL_{signal}_EXPORTER"] != "none"
        && !string.Equals(variables["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>As for the admin pages: what is recorded is recorded for both.</summary>
    private sealed class RateSampler(TraceSampling sampling) : Sampler
    {
        public override SamplingResult ShouldSample(in SamplingParameters span) => new(
            sampling.IsRecorded(span.ParentContext, span.TraceId, span.Kind)
                ? SamplingDecision.RecordAndSample
                : SamplingDecision.Drop);
    }
}
