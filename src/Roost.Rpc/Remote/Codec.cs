namespace Roost.Rpc.Remote;

public delegate void WireWrite<in T>(ref WireWriter writer, T value);

public delegate T WireRead<out T>(ref WireReader reader);

/// <summary>How a request or reply is written and read. Thread-safe.</summary>
public sealed record Codec<T>(WireWrite<T> Write, WireRead<T> Read);
