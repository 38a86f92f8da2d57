using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Roost.Rpc;
using Roost.Services.Media;
using Roost.Web.Http;

namespace Roost.Web.Media;

/// <summary>Reads a picture out of a request.</summary>
internal static class MediaUpload
{
    /// <summary>What a multipart body may have around the picture.</summary>
    private const int AroundBytes = 1 << 20;

    /// <summary>Before the body is read: lets it be as large as a picture may be.</summary>
    public static void Allow(ApiCall call) => Allow(call.Http, call.Services.Media.Limits);

    /// <inheritdoc cref="Allow(ApiCall)"/>
    /// <param name="pictures">How many may come together.</param>
    public static void Allow(HttpContext http, MediaLimits limits, int pictures = 1)
    {
        var size = http.Features.Get<IHttpMaxRequestBodySizeFeature>();
        if (size is { IsReadOnly: false })
            size.MaxRequestBodySize = pictures * limits.ImageBytesMax + AroundBytes;
    }

    /// <summary>The picture in a field of the form, or null when there is none.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: it is empty, or larger than a
    /// picture may be.</exception>
    public static async ValueTask<byte[]?> ReadAsync(ApiCall call, string field)
    {
        await call.ReadParametersAsync();
        return await ReadAsync(call.Http, call.Services.Media.Limits, field);
    }

    /// <inheritdoc cref="ReadAsync(ApiCall, string)"/>
    public static async ValueTask<byte[]?> ReadAsync(HttpContext http, MediaLimits limits, string field)
    {
        if (!http.Request.HasFormContentType) return null;
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        if (form.Files.GetFile(field) is not { } file) return null;
        if (file.Length == 0) throw Faults.Invalid("Validation failed: File is empty");
        var max = limits.ImageBytesMax;
        if (file.Length > max)
            throw Faults.Invalid($"Validation failed: File is {file.Length:N0} bytes; the most is {max:N0}");
        var content = new byte[file.Length];
        await using var stream = file.OpenReadStream();
        await stream.ReadExactlyAsync(content, http.RequestAborted);
        return content;
    }

    /// <summary><c>focus</c> as two numbers from -1 to 1 with a comma between, or null when it is absent.</summary>
    public static (double X, double Y)? FocusOf(string? text)
    {
        if (string.IsNullOrEmpty(text)) return null;
        var parts = text.Split(',');
        if (parts.Length == 2 && TryParse(parts[0], out var x) && TryParse(parts[1], out var y)) return (x, y);
        throw Faults.Invalid(
            $"focus is '{Parameters.Shortened(text)}'; send two numbers from -1 to 1, like 0.5,-0.25.");
    }

    private static bool TryParse(string text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
}
