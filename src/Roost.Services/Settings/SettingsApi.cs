using Roost.Rpc;
using Roost.Services.Media;

namespace Roost.Services.Settings;

/// <summary>How the services are set up, for processes elsewhere that tell clients.</summary>
public sealed record SettingsApi(Service<GetSettings, ServiceSettings> Get);

/// <summary>The same for as long as the services run.</summary>
public sealed record GetSettings;

/// <param name="IsTranslating">As <see cref="Translation.TranslationApi.IsOn"/>.</param>
/// <param name="Pictures">What is taken in.</param>
public sealed record ServiceSettings(bool IsTranslating, MediaLimits Pictures);
