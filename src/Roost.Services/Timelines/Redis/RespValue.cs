using System.Globalization;

namespace Roost.Services.Timelines.Redis;

/// <summary>What kinds of replies there are (RESP2, redis.io/docs/reference/protocol-spec).</summary>
internal enum RespKind : byte
{
    /// <summary>No such thing.</summary>
    Null,
    Number,
    Text,
    Error,
    Items,
}

/// <summary>A reply, or an item of one. Texts that are whole numbers are numbers here.</summary>
/// <param name="Number">Of <see cref="RespKind.Number"/>.</param>
/// <param name="Text">Of <see cref="RespKind.Text"/> and <see cref="RespKind.Error"/>, else null.</param>
/// <param name="Items">Of <see cref="RespKind.Items"/>, else null.</param>
internal readonly record struct RespValue(RespKind Kind, long Number, string? Text, RespValue[]? Items)
{
    public static RespValue Of(long number) => new(RespKind.Number, number, null, null);

    public bool IsError => Kind == RespKind.Error;

    /// <summary>As text, whatever it is; empty for nothing.</summary>
    public string Say() => Text ?? (Kind == RespKind.Number ? Number.ToString(CultureInfo.InvariantCulture) : "");
}
