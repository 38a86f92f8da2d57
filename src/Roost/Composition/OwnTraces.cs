using System.Diagnostics;

namespace Roost.Composition;

/// <summary>Where strangers come in: each request begins a trace, whatever they say that it is part of, so that it is
/// not for them to choose what is recorded.</summary>
internal sealed class OwnTraces : DistributedContextPropagator
{
    private readonly DistributedContextPropagator _usual = CreateDefaultPropagator();

    public override IReadOnlyCollection<string> Fields => _usual.Fields;

    public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter) =>
        _usual.Inject(activity, carrier, setter);

    public override void ExtractTraceIdAndState(
        object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState) =>
        (traceId, traceState) = (null, null);

    public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(
        object? carrier, PropagatorGetterCallback? getter) => null;
}
